import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// For work on the page: a gateway answers the API.
const gateway = process.env['BITSTACK_GATEWAY'] ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'target/web',
    emptyOutDir: true,
    // The page's content policy allows no data: URLs except images, so nothing is inlined.
    assetsInlineLimit: 0,
    // A test adds up from it what the first page takes.
    manifest: true,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: { '/api': gateway, '/v1': gateway },
  },
  test: {
    // Files that need a page say so in their first line; making one for each file took longer than all tests.
    environment: 'node',
    globals: true,
    setupFiles: ['src/test-setup.ts'],
    css: false,
    // For a busy machine; nothing is expected to take as long.
    testTimeout: 60_000,
    server: { deps: { inline: [/@patternfly/] } },
  },
});
