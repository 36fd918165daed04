/** An engine that a test plays by hand: it records what was asked and answers when told to. */
import type { CallName, CallParams, CallResult, StreamName, StreamParams } from '../../engine/protocol/api.ts';
import type { EngineClient, RpcClient, StreamListener } from '../../engine/protocol/client.ts';

export interface PlayedStream<N extends StreamName = StreamName> {
  readonly name: N;
  readonly params: StreamParams<N>;
  readonly listener: StreamListener<N>;
  disposed: boolean;
}

export class PlayedClient implements EngineClient {
  readonly streams: PlayedStream[] = [];
  readonly calls: { readonly name: CallName; readonly params: unknown }[] = [];
  /** Answers every call. */
  answer: (name: CallName, params: unknown) => unknown = () => ({});

  call<N extends CallName>(name: N, params: CallParams<N>): Promise<CallResult<N>> {
    this.calls.push({ name, params });
    return new Promise((resolve, reject) => {
      try {
        resolve(this.answer(name, params) as CallResult<N>);
      } catch (error) {
        reject(error);
      }
    });
  }

  subscribe<N extends StreamName>(name: N, params: StreamParams<N>, listener: StreamListener<N>): () => void {
    const stream: PlayedStream<N> = { name, params, listener, disposed: false };
    this.streams.push(stream as unknown as PlayedStream);
    return () => {
      stream.disposed = true;
    };
  }

  of<N extends StreamName>(name: N): PlayedStream<N>[] {
    return this.streams.filter((stream) => stream.name === name) as unknown as PlayedStream<N>[];
  }

  /** As the connection hands it out; stores use its calls and streams only. */
  asRpc(): RpcClient {
    return this as unknown as RpcClient;
  }
}
