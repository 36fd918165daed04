/** The parent that a filled form describes, as the engine makes it, a moment after the last change of the form. */
import { useEffect, useState } from 'react';
import { isCancelled, toErrorPayload, type ErrorPayload } from '../../../engine/protocol/errors.ts';
import type { ModelFormInput } from '../../../engine/protocol/model_form.ts';
import type { ParentModel } from '../../../engine/protocol/variant.ts';
import { track } from '../../state/activity.ts';
import { engineClient } from '../../state/engine_store.ts';

const ASK_AFTER_MS = 100;

export interface FormParent {
  /** Undefined until the engine answered the form as it is. */
  readonly parent: ParentModel | undefined;
  readonly error: ErrorPayload | undefined;
}

export function useFormParent(form: ModelFormInput | undefined): FormParent {
  const [known, setKnown] = useState<{ readonly key: string; readonly parent?: ParentModel; readonly error?: ErrorPayload }>();
  const key = form === undefined ? undefined : JSON.stringify(form);
  useEffect(() => {
    if (key === undefined) return undefined;
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, ASK_AFTER_MS));
      const client = engineClient();
      if (abort.signal.aborted || client === undefined) return;
      try {
        const { parent } = await client.call('model.from_form', { form: JSON.parse(key) as ModelFormInput }, { signal: abort.signal });
        setKnown({ key, parent });
      } catch (error) {
        if (!isCancelled(error)) setKnown({ key, error: toErrorPayload(error) });
      }
    };
    void track(ask());
    return () => abort.abort();
  }, [key]);
  return known?.key === key ? { parent: known?.parent, error: known?.error } : { parent: undefined, error: undefined };
}
