/** The pipeline's stages: which layers each holds, how long it takes, and what the unevenness costs. */
import type { CostReport } from '../../../engine/protocol/cost.ts';
import { bytesText, durationText } from './figures.ts';
import { imbalance } from './parallelism_model.ts';

export function Stages({ report: { stages } }: { readonly report: CostReport }) {
  const slowest = Math.max(...stages.map((stage) => stage.step_ms), Number.MIN_VALUE);
  const ratio = imbalance(stages);
  return (
    <>
      <header className="serving-head">
        <h3>Stages</h3>
        <span className="muted" data-testid="serving-imbalance" data-value={ratio}>
          {stages.length === 1
            ? 'one stage holds all layers; with PP above 1 they are shared out so that the slowest stage takes as little as possible'
            : `the slowest takes ${ratio.toFixed(3)} times the mean; layers are shared out so that it takes as little as possible`}
        </span>
      </header>
      <ol className="serving-stages" data-testid="serving-stages">
        {stages.map((stage, index) => (
          <li key={stage.first_layer}>
            <span className="serving-bar-name">
              Stage {index}
              <small className="muted">
                layers {stage.first_layer}–{stage.last_layer}
              </small>
            </span>
            <span className="stage-track">
              <span className="stage-bar" style={{ width: `${((100 * stage.step_ms) / slowest).toFixed(2)}%` }} />
            </span>
            <span className="stage-figures">
              {durationText(stage.step_ms)}
              <small className="muted">{bytesText(stage.weights_bytes_per_gpu)} weights</small>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
