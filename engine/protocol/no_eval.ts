/**
 * Tells zod not to compile its checks: it would try `new Function` first, which the page's content security policy
 * forbids and reports. Must be imported before any schema is made.
 */
import { config } from 'zod';

config({ jitless: true });
