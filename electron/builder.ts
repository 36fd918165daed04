/**
 * The electron-builder configuration: what goes into the installers, their targets and the fuses. Everything is bundled
 * at build time, so no node_modules are packed but the one library with native code.
 */
import type { Configuration } from 'electron-builder';

/** The built folders' files that an installed app never runs: the browser-mode server and whatever serves development. */
const NOT_PACKED = ['!dist/engine/serve.js', '!**/*.map', '!**/.built', '!**/node_modules/**'];

/**
 * `mainFiles` are main.js and the chunks it imports, relative to the project. `drivable` leaves the inspector fuse on,
 * without which Playwright cannot drive a packaged app; never for a release.
 */
export function builderConfiguration(mainFiles: readonly string[], drivable: boolean): Configuration {
  return {
    appId: 'org.puzzleworkbench.app',
    productName: 'Puzzle Workbench',
    copyright: 'Copyright © Puzzle Workbench contributors, GPL-3.0-or-later',
    directories: { output: 'release', buildResources: 'assets/icons' },
    files: ['LICENSE', ...mainFiles, 'dist/electron/preload.cjs', 'dist/engine/**', 'dist/renderer/**', ...NOT_PACKED],
    asar: true,
    // Native matrix products for training, beside the archive, where Node's resolution finds it: the library of the platform
    // alone, and of Windows' not the graphics parts, whose terms of redistribution are their own. Without it training is slower.
    extraResources: [
      {
        from: 'node_modules/onnxruntime-node',
        to: 'node_modules/onnxruntime-node',
        filter: ['package.json', 'dist/**/*.js', 'bin/napi-v6/${platform}/${arch}/**', '!**/DirectML.dll', '!**/dxcompiler.dll', '!**/dxil.dll'],
      },
      { from: 'node_modules/onnxruntime-common', to: 'node_modules/onnxruntime-common', filter: ['package.json', 'dist/cjs/package.json', 'dist/cjs/**/*.js'] },
    ],
    npmRebuild: false,
    // Releases are uploaded by hand.
    publish: null,
    // deb asks for a home page; the project's own is wherever it is hosted, so this is its paper's.
    extraMetadata: { homepage: 'https://arxiv.org/abs/2411.19146' },
    electronFuses: {
      runAsNode: false,
      enableCookieEncryption: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: drivable,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
      // Without it the fuses would leave an arm64 macOS binary with a broken ad-hoc signature.
      resetAdHocDarwinSignature: true,
    },
    linux: {
      target: ['AppImage', 'deb'],
      icon: 'assets/icons/icon.png',
      category: 'Development',
      synopsis: 'Finds the inference-optimised child of a parent LLM',
      maintainer: 'Puzzle Workbench contributors <contributors@puzzle-workbench.invalid>',
      executableName: 'puzzle-workbench',
    },
    mac: { target: ['dmg'], icon: 'assets/icons/icon.png', category: 'public.app-category.developer-tools' },
    win: { target: ['nsis'], icon: 'assets/icons/icon.png', executableName: 'puzzle-workbench' },
    nsis: { oneClick: false, allowToChangeInstallationDirectory: true, license: 'LICENSE' },
  };
}
