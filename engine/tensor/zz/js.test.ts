import * as tf from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import * as ops from '../ops/index.ts';
import { gradientsOf } from '../gradients.ts';
import { Adam } from '../adam.ts';
import { wasmHeap } from '../backend/wasm_heap.ts';
import { openTensorDevice } from '../../hosts/trainer/tensor_backends.ts';
const [B,T,H,N,K,F,L]=[4,32,64,4,2,160,1]; const D=H/N;
const r=(...s:number[])=>tf.randomNormal(s,0,0.05);
const mode=process.env.T2MODE!;
it(mode, {timeout:300000}, async () => {
  await openTensorDevice({prefer:'wasm_native',fusedKernels:mode!=='composite'});
  const v: any = {}; for (let l=0;l<L;l++) for (const [n,s] of Object.entries({ n1:[H], q:[N*D,H], k:[K*D,H], v:[K*D,H], o:[H,N*D], n2:[H], g:[F,H], u:[F,H], d:[H,F] })) v[n+l]=tf.tidy(()=>tf.variable(s.length===1?tf.ones(s):r(...s)));
  const x: any = r(B,T,H), y: any = tf.tidy(()=>tf.add(x, r(B,T,H)));
  const rope: any = {cos:r(T,D/2),sin:r(T,D/2)};
  const loss=()=>{ let x0: any=x; for(let l=0;l<L;l++){ 
    const n=ops.rmsNorm(x0,v['n1'+l],1e-5);
    const q=ops.splitHeads(ops.linear(n,v['q'+l]) as any,N,rope), k=ops.splitHeads(ops.linear(n,v['k'+l]) as any,K,rope), vv=ops.splitHeads(ops.linear(n,v['v'+l]) as any,K);
    const h=tf.add(x0, ops.linear(ops.mergeHeads(ops.causalAttention(q,k,vv,{scale:0.2})),v['o'+l]));
    const m=ops.rmsNorm(h,v['n2'+l],1e-5);
    x0=tf.add(h, ops.linear(ops.swiGlu(ops.linear(m,v['g'+l]),ops.linear(m,v['u'+l])),v['d'+l])); }
    return ops.normalisedMse(x0,y,x);
  };
  const adam=new Adam({betas:[0.9,0.99],epsilon:1e-8,weightDecay:0.1});
  for (let i=0;i<2000;i++) { const c=process.cpuUsage(); 
    if (mode==='ours') { const {value,gradients}=gradientsOf(v,loss); const norm=adam.step(v,gradients,1e-3,1); tf.dispose([value,norm,...Object.values(gradients)]); }
    else { const {value,grads}=tf.variableGrads(loss as any, Object.values(v) as any); const g: any={}; for (const n in v) g[n]=grads[v[n].name]; const norm=adam.step(v,g,1e-3,1); tf.dispose([value,norm,...Object.values(grads)]); }
    const u=process.cpuUsage(c); if(i%500===499)console.log(mode,'heap MiB',(wasmHeap().size()/2**20).toFixed(0),'cpu ms',((u.user+u.system)/1000).toFixed(0)); }
});
