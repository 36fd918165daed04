/** Why the best child is what it is, as tables for people to read. */
import type { Explanation, LimitState } from '../../protocol/problem.ts';
import { limitKey } from './limit_report.ts';
import { sideText, worthOf } from './render.ts';
import { change, exact, rough, table } from './table.ts';

type Piece<K extends Explanation['kind']> = Extract<Explanation, { kind: K }>;

/** Pieces with the same place replace each other. */
export function placeOfPiece(piece: Explanation): string {
  switch (piece.kind) {
    case 'limit':
      return `limit ${limitKey(piece)} ${piece.side}`;
    case 'layer':
      return `layer ${piece.layer}`;
    case 'hold':
      return `${piece.hold} ${piece.layer ?? '*'} ${piece.variant}`;
    default:
      return piece satisfies never;
  }
}

export function renderExplanation(objective: string, states: readonly LimitState[], pieces: readonly Explanation[]): string {
  const limits = pieces.filter((piece) => piece.kind === 'limit');
  const layers = pieces.filter((piece) => piece.kind === 'layer');
  const holds = pieces.filter((piece) => piece.kind === 'hold');
  return [
    ...(limits.length === 0 ? [] : ['', `Limits: what moving each alone does to ${objective}`, ...limitTable(limits, states)]),
    ...(holds.length === 0 ? [] : ['', `Locks and bans: what each costs in ${objective}`, ...holdTable(holds)]),
    ...(layers.length === 0 ? [] : ['', `Layers, the most decided first: regret is how much worse ${objective} gets with the best other block there`, ...layerTable(layers)]),
    ...(pieces.some((piece) => !isProven(piece)) ? ['', '~ best found in the time given; the optimum may be better.'] : []),
    '',
  ].join('\n');
}

function limitTable(limits: readonly Piece<'limit'>[], states: readonly LimitState[]): string[] {
  return table(
    ['limit', '', 'tightest', 'loosest', 'price', 'looser', '', 'tighter', ''],
    limits.map((piece) => {
      const state = states.find((candidate) => limitKey(candidate) === limitKey(piece) && candidate.side === piece.side);
      return [
        limitKey(piece),
        state === undefined ? '' : sideText(piece.side, state.limit),
        exact(piece.tightest),
        exact(piece.loosest),
        state === undefined ? '' : state.binding ? worthOf(state) : 'does not bind',
        ...step(piece.looser),
        ...step(piece.tighter),
      ];
    }),
  );
}

function step(moved: Piece<'limit'>['looser']): [string, string] {
  return moved === undefined ? ['', 'none found'] : [`at ${exact(moved.limit)}`, `${moved.proven ? '' : '~'}${exact(moved.objective)}`];
}

function layerTable(layers: readonly Piece<'layer'>[]): string[] {
  // Where nothing else fits or the layer is locked, no decision was left to regret.
  const regret = ({ runner_up: other }: Piece<'layer'>): number => other?.regret ?? -1;
  return table(
    ['layer', 'chosen', 'runner-up', 'regret'],
    [...layers]
      .sort((a, b) => regret(b) - regret(a) || a.layer - b.layer)
      .map(({ layer, chosen, runner_up: other }) => [
        String(layer),
        chosen,
        other?.variant ?? 'locked, or nothing else fits',
        other === undefined ? '' : `${other.proven ? '' : '~'}${change(other.regret)}`,
      ]),
  );
}

function holdTable(holds: readonly Piece<'hold'>[]): string[] {
  return table(
    ['held', 'layer', 'variant', 'cost', 'without it'],
    [...holds]
      .sort((a, b) => b.cost - a.cost)
      .map(({ hold, layer, variant, free, cost, proven }) => [hold, layer === undefined ? 'all' : String(layer), variant, `${proven ? '' : '~'}${rough(cost)}`, exact(free)]),
  );
}

function isProven(piece: Explanation): boolean {
  switch (piece.kind) {
    case 'limit':
      return piece.looser?.proven !== false && piece.tighter?.proven !== false;
    case 'layer':
      return piece.runner_up?.proven !== false;
    case 'hold':
      return piece.proven;
    default:
      return piece satisfies never;
  }
}
