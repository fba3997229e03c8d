import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,services,local,test,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
