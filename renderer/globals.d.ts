/** What the page finds and leaves on `window`. */
import type { HostBridge } from '../engine/protocol/host_bridge.ts';

declare global {
  /** Version of the product, put in at build time. */
  // oxlint-disable-next-line no-underscore-dangle -- named as build constants usually are
  const __APP_VERSION__: string;

  interface Window {
    /** The desktop shell; absent in browser mode. */
    readonly workbenchHost?: HostBridge;
    /** For scenarios. */
    workbench?: { whenIdle(): Promise<void>; whenExplained(): Promise<void> };
  }
}
