/**
 * The shape of a model entered by hand, for families whose config.json cannot be read: what makes up a decoder of
 * rotary grouped-query attention and gated FFNs that are the same in every layer. Names are those of Hugging Face
 * configurations; the messages are meant for a person at a form.
 */
import { z } from 'zod';

/** A whole number from 1 to `most`; beyond that a digit too many was typed, and sums would no longer be exact. */
function whole(what: string, most: number) {
  const range = `${what} must be a whole number from 1 to ${most.toLocaleString('en')}`;
  return z.number({ error: range }).int(range).min(1, range).max(most, range);
}

export const modelFormSchema = z
  .object({
    name: z.string({ error: 'Give the model a name' }).trim().min(1, 'Give the model a name').max(200, 'The name is too long'),
    hidden_size: whole('Hidden size', 131_072),
    num_hidden_layers: whole('Layers', 1_000),
    num_attention_heads: whole('Attention heads', 4_096),
    num_key_value_heads: whole('KV heads', 4_096),
    /** Hidden size / heads where absent. */
    head_dim: whole('Head size', 4_096).optional(),
    intermediate_size: whole('FFN width', 1_048_576),
    vocab_size: whole('Vocabulary', 16_777_216),
    /** The head shares its matrix with the embeddings. */
    tie_word_embeddings: z.boolean().default(false),
    /** Biases of the query, key and value projections, or of the output projection too. */
    attention_bias: z.enum(['none', 'qkv', 'qkvo']).default('none'),
    /** A norm for queries and one for keys in each attention. */
    qk_norm: z.boolean().default(false),
    max_position_embeddings: whole('Longest sequence', 1_000_000_000).optional(),
  })
  .superRefine((form, context) => {
    const { hidden_size: hidden, num_attention_heads: heads, num_key_value_heads: kvHeads } = form;
    if (heads % kvHeads !== 0) {
      context.addIssue({
        code: 'custom',
        path: ['num_key_value_heads'],
        message: `The ${heads} attention heads must be a multiple of the KV heads, and ${heads} / ${kvHeads} is not a whole number`,
      });
    }
    if (form.head_dim === undefined && hidden % heads !== 0) {
      context.addIssue({
        code: 'custom',
        path: ['head_dim'],
        message: `The hidden size ${hidden} is not a multiple of the ${heads} attention heads: give the head size`,
      });
    }
  });
export type ModelForm = z.output<typeof modelFormSchema>;
export type ModelFormInput = z.input<typeof modelFormSchema>;
