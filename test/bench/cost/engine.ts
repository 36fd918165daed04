/** What the benchmark calls, bundled as the product bundles it. */
export { parentArchitecture, parentModel, referenceArchitecture } from '../../../engine/architecture/presets.ts';
export { kernelsFor } from '../../../engine/cost/kernels.ts';
export { costReport } from '../../../engine/cost/report.ts';
export { attentionSeconds, ffnSeconds } from '../../../engine/cost/sub_block.ts';
export { BUILT_IN } from '../../../engine/hardware/calibrations.ts';
export { generateView } from '../../../engine/library/generate/generate.ts';
export { searchSpace } from '../../../engine/library/generate/space.ts';
export { deploymentSchema } from '../../../engine/protocol/cost.ts';
export { recipeSchema } from '../../../engine/protocol/recipe.ts';
