/** The dashboard as one file beside the reporter's bundle: what the build makes and the reporter serves. */
import * as z from 'zod';

/** Its name beside the bundle. */
export const PAGE_FILE = 'page.json';

/** The ways in which each body is kept, by their name in `Content-Encoding`; `identity` is as it is. */
export const ENCODINGS = ['br', 'gzip', 'identity'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** One body: its media type, a digest of it, and the bytes in base64 by encoding. */
const Served = z.object({
  type: z.string().min(1),
  digest: z.string().regex(/^[\w-]{16}$/),
  bodies: z.record(z.enum(ENCODINGS), z.base64()),
});
export type Served = z.infer<typeof Served>;

/** The page itself, and what it loads, by a name that holds a digest of its content. */
export const PageFiles = z.object({ page: Served, assets: z.record(z.string(), Served) });
export type PageFiles = z.infer<typeof PageFiles>;

/** Under which path assets are served; the page names them so. */
export const ASSETS_PATH = 'assets';
