/** The sections of the Serving view, one at a time. */
import type { ReactElement } from 'react';
import type { ServingSection } from '../../state/serving_view.ts';
import { PlannerPanel } from '../planner/planner_panel.tsx';
import { KernelsSection } from './kernels_section.tsx';
import { LoadSection } from './load_section.tsx';
import { MemorySection } from './memory_section.tsx';
import { ParallelismSection } from './parallelism_section.tsx';
import type { ServingModel } from './serving_model.ts';
import { ThroughputSection } from './throughput_section.tsx';

/** Below the controls of hardware and traffic, and above the table of figures. */
export interface FiguresSection {
  readonly value: ServingSection;
  readonly label: string;
  readonly kind: 'figures';
  /** It has nothing to show where no architecture fits into memory. */
  readonly running: boolean;
  readonly render: (model: ServingModel) => ReactElement;
}

/** With controls and figures of its own, such as a planner. */
export interface OwnSection {
  readonly value: ServingSection;
  readonly label: string;
  readonly kind: 'own';
  readonly render: () => ReactElement;
}

/** A further section is one more row here and one more name in `ServingSection`. */
export const SECTIONS: readonly (FiguresSection | OwnSection)[] = [
  { value: 'throughput', label: 'Throughput', kind: 'figures', running: true, render: (model) => <ThroughputSection model={model} /> },
  { value: 'load', label: 'Latency and load', kind: 'figures', running: true, render: (model) => <LoadSection model={model} /> },
  { value: 'memory', label: 'Memory', kind: 'figures', running: false, render: (model) => <MemorySection model={model} /> },
  { value: 'kernels', label: 'Kernels', kind: 'figures', running: true, render: (model) => <KernelsSection model={model} /> },
  { value: 'parallelism', label: 'Parallelism', kind: 'figures', running: false, render: (model) => <ParallelismSection model={model} /> },
  { value: 'planner', label: 'Planner', kind: 'own', render: () => <PlannerPanel /> },
];
