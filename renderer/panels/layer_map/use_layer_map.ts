/** Puts a `LayerMapView` into an element: size, theme and the layer active elsewhere follow by themselves. */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { themeStore } from '../../state/theme_store.ts';
import { viewStore } from '../../state/view_store.ts';
import { LayerMapView, type MapOptions } from './layer_map_view.ts';

export interface LayerMapMount {
  readonly host: RefObject<HTMLDivElement | null>;
  /** Undefined until the element is there. */
  readonly view: LayerMapView | undefined;
}

export function useLayerMap(options: Omit<MapOptions, 'theme'>): LayerMapMount {
  const host = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<LayerMapView>();
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const { name, legend, layerAxis, testId, marks = false } = options;
  const opens = options.onOpen !== undefined;
  // Before the frame is painted: a map that changes its library must not be gone for one.
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const created = new LayerMapView({
      name,
      legend,
      layerAxis,
      marks,
      ...(testId === undefined ? {} : { testId }),
      theme: themeStore.getState().theme,
      onLayer: (layer, by) => latest.current.onLayer?.(layer, by),
      ...(opens ? { onOpen: (layer: number) => latest.current.onOpen?.(layer) } : {}),
    });
    element.append(created.element);
    created.resize(element.clientWidth, element.clientHeight);
    const resize = new ResizeObserver(() => created.resize(element.clientWidth, element.clientHeight));
    resize.observe(element);
    const unsubscribe = [
      themeStore.subscribe((state) => created.setTheme(state.theme)),
      viewStore.subscribe((state, previous) => state.activeLayer !== previous.activeLayer && created.highlight(state.activeLayer)),
    ];
    setView(created);
    return () => {
      resize.disconnect();
      unsubscribe.forEach((stop) => stop());
      created.dispose();
    };
  }, [name, legend, layerAxis, marks, opens, testId]);
  return { host, view };
}
