/** Entry of the wasm kernels: every exported function works on the memory of tfjs's own wasm module, by byte offset. */
export { addInto } from './add_into';
