import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'target/web',
    emptyOutDir: true,
    // The page's content policy allows no data: URLs except images, so nothing is inlined.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    // For work on the page: a gateway on its usual port answers the API.
    proxy: { '/api': 'http://localhost:8080', '/v1': 'http://localhost:8080' },
  },
  test: {
    environment: 'jsdom',
    globals: true,
    setupFiles: ['src/test-setup.ts'],
    css: false,
    server: { deps: { inline: [/@patternfly/] } },
  },
});
