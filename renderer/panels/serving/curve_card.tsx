/** From the id of a point on a curve to its card. */
import type { ReactNode } from 'react';
import { LoadCard } from './load_card.tsx';
import type { ServingModel } from './serving_model.ts';
import { spotOf } from './throughput_figure.ts';

export function curveCard({ reports, unit }: Pick<ServingModel, 'reports' | 'unit'>): (id: string) => ReactNode {
  return (id) => {
    const { served: wanted, place } = spotOf(id);
    const served = reports.find((candidate) => candidate.id === wanted);
    const point = served?.report.curve[place];
    return served === undefined || point === undefined ? undefined : <LoadCard served={served} point={point} unit={unit} />;
  };
}
