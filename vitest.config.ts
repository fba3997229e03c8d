import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,services,local,analytics,infra,web,test,bench}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Bounds for what hangs, not for what is slow: pipeline tests run whole platforms of processes.
    // Most tests wait for processes and locks rather than compute.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
