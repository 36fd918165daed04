/**
 * The product's device table (`assets/hardware/devices.json`, dense peaks and what the driver reports as memory) and
 * the spellings of the same devices elsewhere: published tables, aiconfigurator's system names, CUDA's device names,
 * calibration files.
 */
import { z } from 'zod';
import file from '../../assets/hardware/devices.json' with { type: 'json' };
import { deviceSchema, type Device } from '../protocol/hardware.ts';

const DEVICES: readonly Device[] = z.object({ devices: z.array(deviceSchema) }).parse(file).devices;

/** Spellings that words alone do not explain, in small letters with single blanks. The GB are those of the host's memory. */
const ALIASES: Readonly<Record<string, string>> = { 'gh200 480gb': 'gh200', 'gh200 120gb': 'gh200', 'tpu v5 lite': 'tpu-v5e', 'tpu v5litepod': 'tpu-v5e', 'tpu v6 lite': 'tpu-v6e' };

/** Words that say nothing about which device it is. */
const SILENT = new Set(
  'nvidia amd google geforce instinct tesla cloud tensor core dgx hgx gpu gpus graphics card accelerator generation hopper ampere blackwell lovelace superchip grace server workstation edition cuda oam hbm hbm2 hbm2e hbm3 hbm3e gddr6 gddr6x gddr7 per nvl72'.split(
    ' ',
  ),
);
/** How the device is built in; `nvl` is a card of its own, with other memory and links. */
const BUILDS: Readonly<Record<string, string>> = { sxm: 'sxm', sxm2: 'sxm', sxm4: 'sxm', sxm5: 'sxm', sxm6: 'sxm', pcie: 'pcie', nvl: 'nvl' };
/** What is meant where a name leaves the build open, as tables of throughputs do. An A100 may be either. */
const USUAL_BUILD: Readonly<Record<string, string>> = { h100: 'sxm', h200: 'sxm', b200: 'sxm', b300: 'sxm' };
/** Memory is stated in GB, in GiB, and as what is left of it. */
const MEMORY_TOLERANCE = 0.08;

export function builtInDevices(): readonly Device[] {
  return DEVICES;
}

/**
 * Device id for any known spelling; an unknown one is kept as it is. Every word of the spelling is accounted for, and a
 * memory size must be the device's, so that an H100 NVL or a GH200 of 144 GB is not taken for its relative.
 */
export function deviceId(spelling: string): string {
  const words = wordsOf(spelling);
  const name = words.join(' ');
  const known = DEVICES.find(({ id }) => id.replaceAll('-', ' ') === name);
  return known?.id ?? ALIASES[words.filter((word) => !SILENT.has(word)).join(' ')] ?? described(words) ?? spelling;
}

function wordsOf(spelling: string): readonly string[] {
  return spelling
    .toLowerCase()
    .replaceAll(/[\s_()[\],/-]+/g, ' ')
    .replaceAll(/(\d) ?(gb|gib)\b/g, '$1gb')
    .trim()
    .split(' ');
}

/** The one device that has all the words, in any order. */
function described(words: readonly string[]): string | undefined {
  const said = partsOf(words);
  const alike = DEVICES.filter((device) => {
    const parts = partsOf(device.id.split('-').filter((word) => word !== '40' && word !== '80'));
    return parts.series === said.series && fitsBuild(said, parts.build) && fitsMemory(said, device);
  });
  // Of the A100s with an SXM build that of 80 GB is meant where nothing is said.
  const [first, ...others] = alike.length > 1 ? alike.filter(({ memory_gb_marketed: memory }) => memory === Math.max(...alike.map((device) => device.memory_gb_marketed ?? 0))) : alike;
  return others.length === 0 ? first?.id : undefined;
}

interface Parts {
  /** Words that name the series, in alphabetical order. */
  readonly series: string;
  readonly build: string | undefined;
  readonly memoryGb: number | undefined;
}

function partsOf(words: readonly string[]): Parts {
  const builds = words.map((word) => BUILDS[word]).filter((build) => build !== undefined);
  const memory = words.find((word) => /^\d+gb$/.test(word));
  return {
    series: words
      .filter((word) => BUILDS[word] === undefined && word !== memory && !SILENT.has(word))
      .sort()
      .join(' '),
    build: builds.length > 1 ? 'unclear' : builds[0],
    memoryGb: memory === undefined ? undefined : Number.parseInt(memory, 10),
  };
}

function fitsBuild({ series, build }: Parts, ofDevice: string | undefined): boolean {
  const wanted = build ?? USUAL_BUILD[series];
  if (wanted === undefined) return ofDevice === undefined;
  return wanted === (ofDevice ?? USUAL_BUILD[series]);
}

function fitsMemory({ memoryGb }: Parts, { memory_gb_marketed: marketed }: Device): boolean {
  return memoryGb === undefined || (marketed !== undefined && Math.abs(memoryGb / marketed - 1) <= MEMORY_TOLERANCE);
}
