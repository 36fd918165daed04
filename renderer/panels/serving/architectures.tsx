/** The architectures on the plots as switches, and presets to add to them. */
import { useStore } from 'zustand';
import { addServedModel, removeServedModel, servingViewStore, showServed } from '../../state/serving_view.ts';
import type { Served, ServedModel } from '../../state/serving_subjects.ts';
import { Button, IconButton } from '../../widgets/button.tsx';
import { Menu } from '../../widgets/menu.tsx';
import { Tooltip } from '../../widgets/tooltip.tsx';
import { Swatch } from './swatch.tsx';

interface ArchitecturesProps {
  readonly served: readonly Served[];
  readonly shown: ReadonlySet<string>;
  readonly models: readonly ServedModel[];
}

export function Architectures({ served, shown, models }: ArchitecturesProps) {
  const added = useStore(servingViewStore, (state) => state.models);
  return (
    <ul className="serving-legend" aria-label="Architectures" data-testid="serving-legend">
      {served.map((one) => (
        <li key={one.id}>
          <Tooltip text={`${one.name}\nPress to ${shown.has(one.id) ? 'hide' : 'show'} it.`}>
            <button
              type="button"
              className="legend-entry legend-toggle"
              aria-pressed={shown.has(one.id)}
              data-testid={`serving-legend-${one.id}`}
              onClick={() => showServed(one.id, !shown.has(one.id))}
            >
              <Swatch served={one} />
              <span className="legend-label">{one.name}</span>
            </button>
          </Tooltip>
          {one.kind === 'model' && <IconButton icon="close" label={`Remove ${one.name}`} onClick={() => removeServedModel(one.id.slice('model:'.length))} />}
        </li>
      ))}
      <li>
        <Menu
          label="Add a model"
          testId="serving-add-menu"
          sections={[
            {
              id: 'models',
              items: models
                .filter(({ id }) => !added.includes(id))
                .map(({ id, name }) => ({ id: `serve-${id}`, label: name, onSelect: () => addServedModel(id) })),
            },
          ]}
          renderTrigger={(props) => (
            <Button variant="ghost" icon="add" disabled={models.length === added.length} data-testid="serving-add" {...props}>
              Model
            </Button>
          )}
        />
      </li>
    </ul>
  );
}
