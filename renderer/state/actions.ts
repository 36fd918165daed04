/** What panels and commands may do, in one place to import from. */
export { importArchitecture, importFiles, openDialog, openMeasuredSample, openRecent, openSample, chooseLibrary, removeLibrary } from './import_actions.ts';
export { pinArchitecture, pinCurrent, pinExternal } from './pin_actions.ts';
export { childOf, copyLink, exportChild, makeExport, type ExportFile, type ExportKind } from './export_actions.ts';
export { changeRecipe, openRecipe } from './recipe_actions.ts';
