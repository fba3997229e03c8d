/** Asks for what the API wants: a key, in a form that a password manager can fill, or that one signs in; shown only then. */
import { useRef } from 'preact/hooks';
import { key, wanted } from '../ask.ts';

export function SignIn() {
  const back = encodeURIComponent(location.pathname + location.search);
  return (
    <p class="problem" role="alert">
      You are not signed in, or not any more.{' '}
      <a href={`/.auth/login/aad?post_login_redirect_uri=${back}`}>Sign in</a>
    </p>
  );
}

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
        The numbers are shown to who has a key of the function <code>read</code>; who has one of the whole app
        can order too. It is sent in a header and kept in the memory of this page alone.
      </p>
      {wanted.value === 'other key' && (
        <p class="problem" role="alert">
          This key does not open the function <code>read</code>, or was renewed since.
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
