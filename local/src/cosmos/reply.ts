/** What a request is answered with, before it becomes HTTP. */
export interface Reply {
  status: number;
  charge: number;
  /** JSON text. */
  body?: string;
  etag?: string;
  continuation?: string;
  /** Items on this page. */
  count?: number;
}
