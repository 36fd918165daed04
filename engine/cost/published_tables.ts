/**
 * Published tables with our figure for every row, computed now from the product's own devices and calibrations: the
 * tables of NVIDIA's article on Nemotron-51B, Puzzle's, Minitron's throughput ratios, TensorRT-LLM's releases and
 * Pope's. Worse rows stand like any other. Where a table measures the parent of the 51B, newer releases of the serving
 * program can take the place of its figure: a speed-up from 2024 shrinks with them.
 */
import { BUILT_IN, type Hardware } from '../hardware/calibrations.ts';
import type { PublishedRow, PublishedSection, PublishedTable, PublishedTables } from '../protocol/published_tables.ts';
import { popeTables } from './published_tables/pope.ts';
import { Predictor, ratioOf, type Prediction } from './published_tables/prediction.ts';
import { baselineFigure, releaseTable } from './published_tables/releases.ts';
import { rowOf } from './published_tables/rows.ts';
import { storedTables, type StoredRelease, type StoredRow, type StoredTable } from './published_tables/stored.ts';

/** Id of the release that a table itself is from. */
const OWN_RELEASE = '2024';

export async function publishedTables(hardware: Hardware = BUILT_IN): Promise<PublishedTables> {
  const predictor = new Predictor(hardware);
  const { tables, releases } = storedTables();
  const done: PublishedTable[] = [];
  for (const table of tables) {
    done.push(comparedTable(table, releases, predictor));
    // oxlint-disable-next-line no-await-in-loop -- the engine answers others in between
    await breathe();
  }
  for (const release of releases.toReversed()) {
    // oxlint-disable-next-line no-await-in-loop
    done.push(await releaseTable(release, predictor, hardware, breathe));
  }
  return { tables: [...done, ...popeTables()] };
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function comparedTable({ baselines, sections, release_note: releaseNote, ...table }: StoredTable, releases: readonly StoredRelease[], predictor: Predictor): PublishedTable {
  const later = releases.filter(({ id }) => baselines.includes(id));
  const own = new Comparison(table.source, sections.flatMap(({ rows }) => rows), undefined, predictor);
  const others = later.map((release) => ({ release, comparison: new Comparison(table.source, sections.flatMap(({ rows }) => rows), release, predictor) }));
  return {
    ...table,
    releases: later.length === 0 ? [] : [{ id: OWN_RELEASE, label: `${OWN_RELEASE} (article)` }, ...later.map(({ id, label }) => ({ id, label }))],
    ...(releaseNote !== undefined && { release_note: releaseNote }),
    plotted: false,
    sections: sections.map(({ rows, ...section }): PublishedSection => ({
      ...section,
      rows: rows.flatMap((row) => {
        const ours = own.row(row);
        if (others.length === 0 || !own.follows(row)) return [ours];
        return [{ ...ours, release: OWN_RELEASE }, ...others.map(({ comparison }) => comparison.row(row))];
      }),
    })),
  };
}

/** The rows of one table with its baseline from one release. */
class Comparison {
  readonly #source: string;
  readonly #rows: readonly StoredRow[];
  readonly #release: StoredRelease | undefined;
  readonly #predictor: Predictor;

  constructor(source: string, rows: readonly StoredRow[], release: StoredRelease | undefined, predictor: Predictor) {
    this.#source = source;
    this.#rows = rows;
    this.#release = release;
    this.#predictor = predictor;
  }

  /** Whether the row changes with the release: the baseline, and what is divided by it. */
  follows({ baseline, ours }: StoredRow): boolean {
    return baseline !== undefined || (ours.kind === 'ratio' && [ours.over, ours.under].some((id) => this.follows(this.#named(id))));
  }

  row(stored: StoredRow): PublishedRow {
    const release = this.#release;
    const newer = release !== undefined && this.follows(stored);
    const side = {
      id: newer ? `${stored.id}@${release.id}` : stored.id,
      label: stored.label,
      release: newer ? release.id : undefined,
      source: newer ? release.source : (stored.source ?? this.#source),
    };
    const { ours } = stored;
    if (ours.kind === 'ratio') {
      const over = this.row(this.#named(ours.over));
      const under = this.row(this.#named(ours.under));
      const missing = under.published_reason ?? over.published_reason;
      return rowOf(
        {
          ...side,
          facts: stored.facts,
          published: (newer ? undefined : stored.published) ?? quotient(over.published, under.published),
          ...(missing !== undefined && { published_reason: missing }),
        },
        this.#ratio(over, under),
      );
    }
    if (newer && stored.baseline !== undefined && ours.kind === 'throughput') {
      const figure = baselineFigure(release, ours.isl, ours.osl, stored.baseline);
      return rowOf(
        {
          ...side,
          facts: [figure?.tp ?? ours.tp],
          published: figure?.tokS,
          published_reason: `${release.label} was not measured at ${ours.isl}/${ours.osl}${stored.baseline === 'single' ? ' on one GPU' : ''}`,
        },
        this.#predictor.predict({ ...ours, tp: figure?.tp ?? ours.tp }),
      );
    }
    return rowOf({ ...side, facts: stored.facts, published: stored.published }, this.#predictor.predict(ours));
  }

  #ratio(over: PublishedRow, under: PublishedRow): Prediction {
    const [above, below] = [figureOf(over), figureOf(under)];
    if (above === undefined || below === undefined) return { reason: over.reason ?? under.reason ?? 'Not predicted' };
    return ratioOf(above, below);
  }

  /** @throws Error where the file names a row that is not there: a mistake in the product's own data. */
  #named(id: string): StoredRow {
    const row = this.#rows.find((candidate) => candidate.id === id);
    if (row === undefined) throw new Error(`assets/published/tables.json: no row ${id}`);
    return row;
  }
}

function figureOf({ ours, low, high, provenance, basis }: PublishedRow) {
  if (ours === undefined || low === undefined || high === undefined || provenance === undefined) return undefined;
  return { value: ours, low, high, provenance, ...(basis !== undefined && { basis }) };
}

function quotient(over: number | undefined, under: number | undefined): number | undefined {
  return over === undefined || under === undefined ? undefined : over / under;
}

