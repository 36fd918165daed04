/**
 * The map and the frontier as image files: drawn anew in the light theme at print size, with where the figures come
 * from in a line at the foot and in the file itself (PNG tEXt chunks, SVG metadata).
 */
import { WorkbenchError } from '../../engine/protocol/errors.ts';
import { LayerMapView } from '../panels/layer_map/layer_map_view.ts';
import { contourFigure } from '../panels/frontier/contour_figure.ts';
import { contourModel } from '../panels/frontier/contour_model.ts';
import { contourShapes } from '../panels/frontier/contour_shapes.ts';
import { frontierFigure } from '../panels/frontier/frontier_figure.ts';
import { frontierModel } from '../panels/frontier/frontier_model.ts';
import { frontierShapes } from '../panels/frontier/frontier_shapes.ts';
import { frontierViewStore } from '../panels/frontier/frontier_view.ts';
import { contourStore } from '../state/contour_store.ts';
import { evaluationStore } from '../state/derived_evaluations.ts';
import { mapData, mappedColumn } from '../state/derived_map.ts';
import { documentStore } from '../state/document_store.ts';
import { engineStore, openLibrary, type OpenLibrary } from '../state/engine_store.ts';
import { objectiveOf } from '../state/problem.ts';
import { isStale, shownSolution, solveStore, sweepStore } from '../state/solve_store.ts';
import { contourColumns } from '../state/swept_columns.ts';
import { viewStore } from '../state/view_store.ts';
import { LIGHT } from '../theme/theme.ts';
import { loadPlotly, type Figure, type Shape } from './plotly.ts';
import { withPngText } from './png_text.ts';
import { imageProvenance, type ImageProvenance } from './provenance.ts';

export type ImageKind = 'map' | 'frontier';
export interface ImageFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Pixels of the image; PNG files have twice as many each way. */
const SIZE = { map: { width: 1200, height: 420 }, frontier: { width: 1200, height: 760 } } as const;
const TITLE_HEIGHT = 34;
const FOOT_HEIGHT = 26;
const PNG_SCALE = 2;
const NAMESPACE = 'http://www.w3.org/2000/svg';

export async function exportImage(what: ImageKind, format: 'png' | 'svg'): Promise<ImageFile> {
  const library = openLibrary(engineStore.getState());
  if (library === undefined) throw nothing('No library is open.');
  const { width, height } = SIZE[what];
  const inner = height - TITLE_HEIGHT - FOOT_HEIGHT;
  const { title, drawing } = what === 'map' ? drawMap(library, width, inner) : await drawFrontier(library, width, inner);
  const provenance = imageProvenance(title, library, documentStore.getState().document, solveStore.getState(), __APP_VERSION__, new Date());
  const text = new XMLSerializer().serializeToString(compose(drawing, title, provenance, width, height));
  const bytes = format === 'svg' ? new TextEncoder().encode(text) : withPngText(await rasterise(text, width, height), provenance.entries);
  return { name: `${slug(title)}.${format}`, bytes };
}

interface Drawn {
  readonly title: string;
  readonly drawing: Element;
}

function drawMap(library: OpenLibrary, width: number, height: number): Drawn {
  const solution = shownSolution(solveStore.getState());
  const column = mappedColumn(library.view, viewStore.getState().mapColumn);
  if (solution === undefined || column === undefined) throw nothing('There is no child to draw yet.');
  const view = new LayerMapView({ theme: LIGHT, name: column.label, legend: true, layerAxis: true });
  view.resize(width, height);
  view.set(mapData(library, solution.choices, column));
  return { title: `${column.label} map, ${library.view.header.name}`, drawing: view.element };
}

/** The frontier as it is looked at: over one limit, or over two. */
async function drawFrontier(library: OpenLibrary, width: number, height: number): Promise<Drawn> {
  const { frontierMode, sweepColumn, feasibleOnly } = viewStore.getState();
  if (frontierMode === 'two') return drawContour(library, width, height);
  const { document } = documentStore.getState();
  const model = frontierModel(library, { ...document, objective: objectiveOf(document, library.view) }, sweepStore.getState(), { ...frontierViewStore.getState(), sweepColumn, feasibleOnly }, evaluationStore.getState());
  if (model === undefined || model.points.length === 0) throw nothing('There is no frontier to draw yet.');
  const solved = solveStore.getState();
  const solution = shownSolution(solved);
  const current = solution === undefined ? undefined : { x: solution.costs[model.over.id], y: solution.costs[model.objective.id] ?? solution.objective, stale: isStale(solved) };
  const figure = frontierFigure(model, LIGHT, 'print');
  const shapes = frontierShapes(model, { current, active: undefined, limits: document.limits }, LIGHT);
  const drawing = await drawFigure(figure, shapes, width, height);
  return { title: `${model.objective.label} against ${model.over.label}, ${library.view.header.name}`, drawing };
}

async function drawContour(library: OpenLibrary, width: number, height: number): Promise<Drawn> {
  const { document } = documentStore.getState();
  const objective = objectiveOf(document, library.view);
  const over = contourColumns(library, objective, viewStore.getState().contourColumns);
  const { contourLogarithmic } = frontierViewStore.getState();
  const model = over && contourModel(library, objective, over, contourStore.getState(), contourLogarithmic);
  if (model === undefined || model.found === 0) throw nothing('There is no map over two limits to draw yet.');
  const solved = solveStore.getState();
  const costs = shownSolution(solved)?.costs;
  const { across, up } = model;
  const current = costs === undefined ? undefined : { across: costs[across.quantity.id], up: costs[up.quantity.id], stale: isStale(solved) };
  const shapes = contourShapes(model, { current, active: undefined, limits: document.limits }, LIGHT);
  const drawing = await drawFigure(contourFigure(model, LIGHT, 'print'), shapes, width, height);
  return { title: `${model.objective.label} over ${across.quantity.label} and ${up.quantity.label}, ${library.view.header.name}`, drawing };
}

async function drawFigure(figure: Figure, shapes: readonly Shape[], width: number, height: number): Promise<Element> {
  const plotly = await loadPlotly();
  const layout = { ...figure.layout, shapes: shapes.map((shape) => ({ ...shape })) };
  const url = await plotly.toImage({ data: figure.data.map((trace) => ({ ...trace })), layout }, { format: 'svg', width, height });
  const source = decodeURIComponent(url.slice(url.indexOf(',') + 1));
  return new DOMParser().parseFromString(source, 'image/svg+xml').documentElement;
}

/** Title above, foot line below, provenance inside. */
function compose(drawing: Element, title: string, provenance: ImageProvenance, width: number, height: number): SVGSVGElement {
  const root = document.createElementNS(NAMESPACE, 'svg');
  root.setAttribute('xmlns', NAMESPACE);
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) root.setAttribute(name, String(value));
  const add = (name: string, content: string, attributes: Readonly<Record<string, string | number>> = {}): void => {
    const element = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = content;
    root.append(element);
  };
  add('title', title);
  add('desc', provenance.line);
  add('metadata', JSON.stringify(provenance.entries));
  add('rect', '', { width, height, fill: LIGHT.surface });
  const font = { 'font-family': "Inter, system-ui, 'Segoe UI', Roboto, sans-serif", x: 16 };
  add('text', title, { ...font, y: 23, 'font-size': 16, 'font-weight': 600, fill: LIGHT.text });
  const nested = root.ownerDocument.importNode(drawing, true);
  nested.setAttribute('y', String(TITLE_HEIGHT));
  root.append(nested);
  // As long as the line is, it must not run out of the image.
  const fits = Math.floor((width - 32) / 5.6);
  const line = provenance.line.length > fits ? `${provenance.line.slice(0, fits - 1)}…` : provenance.line;
  add('text', line, { ...font, y: height - 10, 'font-size': 11, fill: LIGHT.textMuted });
  return root;
}

async function rasterise(source: string, width: number, height: number): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * PNG_SCALE;
  canvas.height = height * PNG_SCALE;
  const context = canvas.getContext('2d');
  if (context === null) throw nothing('This window cannot draw images.');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw nothing('The image could not be encoded.');
  return new Uint8Array(await blob.arrayBuffer());
}

function nothing(message: string): WorkbenchError {
  return new WorkbenchError('not_found', message);
}

function slug(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
}
