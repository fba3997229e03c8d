/** An event that cannot happen: it names what does not exist, or a name that is taken. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
}
