/** Calls and streams about devices, calibrations and the models that a project keeps. */
import { z } from 'zod';
import { calibrationSchema, deviceSchema, fitErrorSchema } from './hardware.ts';
import { noteSchema } from './library.ts';
import { modelFormSchema } from './model_form.ts';
import { importSourceSchema, uploadSchema } from './sources.ts';
import { architectureSchema, parentModelSchema } from './variant.ts';

const nothing = z.object({});

export const hardwareCalls = {
  /** The product's table and what the user added; an added entry of the same id goes before it. */
  'hardware.list': { params: nothing, result: z.object({ devices: z.array(deviceSchema), calibrations: z.array(calibrationSchema) }) },
  'hardware.save_device': { params: z.object({ device: deviceSchema }), result: nothing },
  'hardware.save_calibration': { params: z.object({ calibration: calibrationSchema }), result: nothing },
  'hardware.remove': { params: z.object({ kind: z.enum(['device', 'calibration']), id: z.string() }), result: nothing },
  /** Models of the project that serve as parents beside the presets. */
  'model.list': { params: nothing, result: z.object({ models: z.array(parentModelSchema) }) },
  /** Reads a config.json; `parent` where all its layers are the same, so that it can be searched. Nothing is kept. */
  'model.read': {
    params: z.object({ file: uploadSchema }),
    result: z.object({ architecture: architectureSchema, parent: parentModelSchema.optional(), notes: z.array(z.string()) }),
  },
  /** A parent from its sizes alone. Nothing is kept. */
  'model.from_form': { params: z.object({ form: modelFormSchema }), result: z.object({ parent: parentModelSchema }) },
  'model.save': { params: z.object({ parent: parentModelSchema }), result: z.object({ id: z.string() }) },
} as const;

/** One measured kernel beside what the fitted form says, seconds. */
export const residualSchema = z.object({ kernel: z.string(), of: z.string(), label: z.string(), measured_s: z.number(), fitted_s: z.number() });
export type Residual = z.infer<typeof residualSchema>;

export const hardwareStreams = {
  /** Fits a calibration to measured kernels; nothing is kept until it is saved. Unsubscribing cancels. */
  'calibration.fit': {
    params: z.object({ source: importSourceSchema, device: z.string().optional(), name: z.string().optional() }),
    event: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('started') }),
      z.object({ kind: z.literal('progress'), stage: z.string(), done: z.number(), total: z.number() }),
      z.object({
        kind: z.literal('finished'),
        calibration: calibrationSchema,
        errors: z.array(fitErrorSchema),
        residuals: z.array(residualSchema),
        notes: z.array(noteSchema),
      }),
    ]),
  },
} as const;
