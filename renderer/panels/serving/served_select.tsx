/** Which architecture a section about one shows. */
import { servingViewStore } from '../../state/serving_view.ts';
import { Select } from '../../widgets/select.tsx';
import type { ServedReport } from './serving_model.ts';

export function ServedSelect({ reports, selected }: { readonly reports: readonly ServedReport[]; readonly selected: string }) {
  return (
    <Select
      label="Architecture"
      hideLabel
      value={selected}
      options={reports.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id) => servingViewStore.setState({ selected: id })}
      testId="serving-selected"
    />
  );
}
