/** Asks for the key of the API, in a form that a password manager can fill; shown only when the API wants one. */
import { useRef } from 'preact/hooks';
import { key, wanted } from '../ask.ts';

export function KeyForm() {
  const field = useRef<HTMLInputElement>(null);
  const give = (event: Event): void => {
    event.preventDefault();
    // Spaces come along when a key is copied.
    const text = field.current?.value.trim();
    if (text) key.value = text;
  };
  return (
    <form class="key" onSubmit={give}>
      <h2>A key, please</h2>
      <p id="key-help">
        The numbers are shown to who has a key of the function <code>read</code>. It is sent in a header and
        kept in the memory of this page alone.
      </p>
      {wanted.value === 'other key' && (
        <p class="problem" role="alert">
          This key is not one of the function <code>read</code>, or was renewed since.
        </p>
      )}
      <input class="unseen" autocomplete="username" value="reader" aria-label="Name" tabIndex={-1} readOnly />
      <label>
        Key
        <input
          ref={field}
          type="password"
          autocomplete="current-password"
          required
          aria-describedby="key-help"
        />
      </label>
      <button type="submit">Show the numbers</button>
    </form>
  );
}
