/**
 * Published quality and throughput of models, for the plot of accuracy against throughput in the style of Figure 1
 * of NVIDIA's Nemotron-51B article: (10 * MT-Bench + MMLU) / 2 over tok/s. The figures and the source of each are in
 * `assets/published/models.json`; nothing is filled in that was not published.
 */
import { z } from 'zod';
import file from '../../assets/published/models.json' with { type: 'json' };
import { publishedFigureSchema, publishedMeasurementSchema, publishedModelSchema, type Published } from '../protocol/api.ts';

/** The file has each model once, with its throughput under any number of measurements. */
const storedSchema = z.object({
  measurements: z.array(publishedMeasurementSchema),
  models: z.array(
    publishedModelSchema
      .omit({ throughput: true })
      .extend({ throughputs: z.array(publishedFigureSchema.extend({ measurement: z.string() })) }),
  ),
});

const PUBLISHED = readStored();

/**
 * One entry for each model and measurement, since figures of different measurements must not share a plot; the id
 * of a second and further entry of a model names the measurement. A model whose throughput was not published has
 * one entry without it.
 */
export function publishedModels(): Published {
  return PUBLISHED;
}

function readStored(): Published {
  const { measurements, models } = storedSchema.parse(file);
  const known = new Set(measurements.map((measurement) => measurement.id));
  return {
    measurements,
    models: models.flatMap(({ throughputs, ...model }) => {
      if (throughputs.length === 0) return [model];
      return throughputs.map((throughput, index) => {
        if (!known.has(throughput.measurement)) throw new Error(`assets/published/models.json: no measurement ${throughput.measurement}`);
        return { ...model, id: index === 0 ? model.id : `${model.id}@${throughput.measurement}`, throughput };
      });
    }),
  };
}
