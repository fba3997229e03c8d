/** Where compiled code is kept between starts: nine processes load much the same, and their types are stripped once. */
import { join } from 'node:path';
import { ROOT } from '../build/service-folders.ts';

export const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/compile');
