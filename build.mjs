// Builds what the verbs in package.json need, and only when a source is newer than the last build.
//   node build.mjs                  everything: engine, renderer, electron
//   node build.mjs --only engine    one target (repeatable)
//   node build.mjs --force          even if up to date
//   node build.mjs check            types of every layer and lint
// All output goes to stderr: stdout belongs to the program that runs afterwards.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

const root = import.meta.dirname;
const require = createRequire(import.meta.url);
const dist = path.join(root, 'dist');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
if (!existsSync(path.join(root, 'node_modules', 'vite'))) fail('The dependencies are not installed. Run: npm ci');

/** Entry points by target; every other file is reached by import. */
const entries = {
  engine: {
    cli: 'engine/hosts/cli.ts',
    serve: 'engine/hosts/serve.ts',
    'engine-process': 'engine/hosts/engine_process.ts',
    'import-worker': 'engine/library/import_worker.ts',
    'fit-worker': 'engine/hardware/fit_worker.ts',
    'search-worker': 'engine/search/search_worker.ts',
    'trainer-process': 'engine/hosts/trainer/trainer_process.ts',
  },
  electron: {
    main: 'electron/main.ts',
    launch: 'electron/launch.ts',
    package: 'electron/package.ts',
    // For the scenario runner, which must know whether there is an Electron to drive.
    'find-electron': 'electron/find_electron.ts',
  },
};
const sources = {
  engine: ['engine', 'assets'],
  renderer: ['renderer', 'engine/protocol', 'assets'],
  electron: ['electron', 'engine/protocol'],
};

const args = process.argv.slice(2);
if (args[0] === 'check') {
  await check();
} else {
  const only = args.flatMap((arg, i) => (arg === '--only' ? [args[i + 1]] : []));
  const targets = only.length > 0 ? only : Object.keys(sources);
  for (const target of targets) await build(target, args.includes('--force'));
}

/** Builds one target unless its stamp is newer than every source. */
async function build(target, force) {
  if (!(target in sources)) fail(`Unknown build target "${target}"; there are ${Object.keys(sources).join(', ')}.`);
  const stamp = path.join(dist, target, '.built');
  const inputs = [...sources[target], 'build.mjs', 'package-lock.json'];
  if (!force && existsSync(stamp) && newest(inputs) < statSync(stamp).mtimeMs) return;
  const startedAt = Date.now();
  console.error(`Building ${target} …`);
  const vite = await import('vite');
  if (target === 'renderer') await vite.build(await rendererConfig());
  else await vite.build(nodeConfig(target, entries[target], 'es'));
  if (target === 'engine') {
    await compileKernels();
    // The wasm backend is given this folder to read from.
    const wasmFolder = path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
    for (const file of readdirSync(wasmFolder).filter((name) => name.endsWith('.wasm'))) {
      copyFileSync(path.join(wasmFolder, file), path.join(dist, 'engine', file));
    }
    // glpk.js reads its wasm from beside the file that holds its code.
    copyFileSync(require.resolve('glpk.js/node').replace(/glpk\.js$/, 'glpk.wasm'), path.join(dist, 'engine', 'glpk.wasm'));
  }
  // A sandboxed preload must be one CommonJS file.
  if (target === 'electron') await vite.build(nodeConfig(target, { preload: 'electron/preload.ts' }, 'cjs'));
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  console.error(`Built ${target} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Vite configuration of code that runs in Node or Electron: everything bundled but their built-in modules. */
function nodeConfig(target, input, format) {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true, external: ['electron', 'bufferutil', 'utf-8-validate', 'onnxruntime-node', 'webgpu', '@tensorflow/tfjs-node-gpu'] },
    define: { __APP_VERSION__: JSON.stringify(packageJson().version) },
    build: {
      ssr: true,
      target: 'node20',
      outDir: path.join(dist, target),
      emptyOutDir: format === 'es',
      minify: false,
      sourcemap: true,
      rollupOptions: {
        input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, path.join(root, file)])),
        output: {
          format,
          entryFileNames: format === 'cjs' ? '[name].cjs' : '[name].js',
          // Chunks stay beside the entries, so that `import.meta.dirname` is the same folder everywhere.
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  };
}

/** AssemblyScript to wasm that imports its memory, so that it works in place on the wasm backend's tensors. */
async function compileKernels() {
  const asc = path.join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const options = ['--importMemory', '--noExportMemory', '--enable', 'simd', '--runtime', 'stub', '-O3', '--noAssert', '--disableWarning', '112'];
  const ok = await run(process.execPath, [asc, 'engine/tensor/kernels/assembly/index.ts', '--outFile', path.join(dist, 'engine', 'kernels.wasm'), ...options]);
  if (!ok) fail('The wasm kernels did not compile.');
}

async function rendererConfig() {
  const { default: react } = await import('@vitejs/plugin-react');
  return {
    root: path.join(root, 'renderer'),
    configFile: false,
    logLevel: 'warn',
    base: './',
    publicDir: path.join(root, 'assets', 'icons'),
    plugins: [react()],
    define: { __APP_VERSION__: JSON.stringify(packageJson().version) },
    build: { outDir: path.join(dist, 'renderer'), emptyOutDir: true, target: 'es2023', sourcemap: false, chunkSizeWarningLimit: 2000 },
  };
}

async function check() {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const oxlint = path.join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const failed = [];
  for (const layer of ['engine', 'renderer', 'electron', 'test']) {
    if (!(await run(process.execPath, [tsc, '-p', path.join(root, layer, 'tsconfig.json')]))) failed.push(`types of ${layer}/`);
  }
  if (!(await run(process.execPath, [oxlint, '--deny-warnings']))) failed.push('lint');
  if (failed.length > 0) fail(`Check failed: ${failed.join(', ')}.`);
}

function run(command, argv) {
  return new Promise((resolve) => {
    const child = spawn(command, argv, { cwd: root, stdio: ['ignore', 2, 2] });
    child.on('exit', (code) => resolve(code === 0));
  });
}

function newest(inputs) {
  let latest = 0;
  for (const input of inputs) {
    const full = path.join(root, input);
    if (!existsSync(full)) continue;
    if (!statSync(full).isDirectory()) latest = Math.max(latest, statSync(full).mtimeMs);
    else {
      for (const entry of readdirSync(full, { recursive: true })) {
        // Neither tests nor the README's pictures are part of a build.
        if (/\.test\.tsx?$/.test(entry) || entry.startsWith('screenshots')) continue;
        latest = Math.max(latest, statSync(path.join(full, entry)).mtimeMs);
      }
    }
  }
  return latest;
}

function packageJson() {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
