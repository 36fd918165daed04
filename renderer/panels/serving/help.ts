/** Longer explanations behind the controls. */

/** costmodel.md 5.4; what the reports' own notes say of the architectures shown. */
export const CLIFF_HELP =
  'From 32 query heads per KV head on one device, the measured decode kernel takes a path that makes less use of what it has read, and from 64 on none: a layer with fewer KV heads then takes longer, though it caches less. ' +
  'With 64 query heads these are kv2 and kv1, at TP 1 and 2. It is a habit of the serving program and version, not of the hardware: switch it off to see the layers with a kernel that reuses what it reads.';

export const SPECULATION_HELP =
  'A small model drafts tokens and every step checks them all at once. A step then yields (1 − a^(g+1)) / (1 − a) tokens for g drafts of which each is accepted with chance a (Leviathan et al., arXiv 2211.17192); checking costs as much as that many queries per sequence, and drafting one token a twentieth of a step.';
