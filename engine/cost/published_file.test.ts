import { describe, expect, it } from 'vitest';
import { WorkbenchError } from '../protocol/errors.ts';
import { readPublishedFile } from './published_file.ts';

const HEADER = 'source,model,hardware,dtype,tp,isl,osl,batch,metric,value,unit';
const read = (text: string) => readPublishedFile({ path: 'rows.csv', bytes: new TextEncoder().encode(text) });
const messageOf = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof WorkbenchError) return `${error.payload.code} ${error.message}`;
  }
  return 'nothing thrown';
};

describe('a table of published figures', () => {
  it('is read with either line end, with and without one at the end', () => {
    const line = 'x,Llama-3.1-8B,H100,FP8,1,128,128,,output_throughput,28837,tok/s';
    const [row] = read(`${HEADER}\r\n${line}\r\n`);
    expect(row).toMatchObject({ source: 'x', model: 'Llama-3.1-8B', batch: '', unit: 'tok/s' });
    expect(read(`${HEADER}\n${line}`)).toEqual([row]);
    expect(read(`\uFEFF${HEADER}\n\n${line}\n\n`)).toEqual([row]);
  });

  it('may quote cells', () => {
    const [row] = read(`${HEADER}\n"v0.17, ""overview""\nsecond line",8B,"H100",FP8,1,128,128,,output_throughput,"28,837",tok/s\n`);
    expect(row?.['source']).toBe('v0.17, "overview"\nsecond line');
    expect(row?.['value']).toBe('28,837');
  });

  it('may have its columns in any order, more of them, or no batch', () => {
    expect(read('unit,value,metric,osl,isl,TP,dtype,hardware,Model,note\ntok/s,1,throughput,2,3,4,fp8,H100,M,why,'.replace(/,$/, ''))).toEqual([
      { unit: 'tok/s', value: '1', metric: 'throughput', osl: '2', isl: '3', tp: '4', dtype: 'fp8', hardware: 'H100', model: 'M', note: 'why' },
    ]);
  });

  it('is refused with the place of the first fault', () => {
    expect(messageOf('')).toBe('bad_input rows.csv: expected a header line, found an empty file.');
    expect(messageOf('model,tp,isl,osl,metric,value,unit,dtype\n')).toBe('bad_input rows.csv, line 1: expected the column hardware, found model, tp, isl, osl, metric, value, unit, dtype.');
    expect(messageOf('a,b\n1,2\n')).toContain('expected the columns model, hardware, dtype, tp, isl, osl, metric, value, unit');
    expect(messageOf(`${HEADER}\n1,2,3\n`)).toBe('bad_input rows.csv, line 2: expected 11 cells as in the header, found 3.');
    expect(messageOf(`${HEADER}\n\n"1,2,3\n`)).toBe('bad_input rows.csv, line 3: expected cells set off by commas, found a double quote out of place.');
    expect(messageOf(`${HEADER},tp\n`)).toContain('"tp" twice');
  });
});
