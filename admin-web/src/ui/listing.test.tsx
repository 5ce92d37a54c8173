// @vitest-environment jsdom
import { render, screen } from '@testing-library/react';
import { ApiError } from '../api/error';
import { Listing } from './listing';

const NOTHING = { data: undefined as string[] | undefined, error: null as Error | null, refetch: vi.fn() as never };

function shown(query: Partial<typeof NOTHING> & { hasNextPage?: boolean }, wanted = '') {
  const { container, unmount } = render(
    <Listing
      query={{ ...NOTHING, ...query }}
      what="the things"
      head={<p>a form</p>}
      filters={<p>filters</p>}
      empty={<p>nothing at all</p>}
      pick={(items) => items.filter((item) => item.includes(wanted))}
      noneFits={<p>nothing fits</p>}
      most={3}
    >
      {(items) => <p>{items.join(' ')}</p>}
    </Listing>,
  );
  const text = container.textContent;
  const hasMore = screen.queryByRole('button', { name: 'Show more' }) !== null;
  unmount();
  return { text, hasMore };
}

test('a list says what has become of it', () => {
  expect(shown({}).text).toBe('filtersLoading the things');
  expect(shown({ data: [] }).text).toBe('a formfiltersnothing at all');
  expect(shown({ data: ['a', 'b'] }).text).toBe('a formfiltersa b');
  expect(shown({ data: ['a', 'b'] }, 'b').text).toBe('a formfiltersb');
  expect(shown({ data: ['a', 'b'] }, 'c').text).toBe('a formfiltersnothing fits');
  expect(shown({ data: ['a', 'b', 'c'] }).text).toContain('Only the first 3 of the things are read.');
  expect(shown({ data: ['a'], error: new ApiError(0, '', 'away') }).text).toContain('no longer up to date');
});

test('filters stay where they may be what is wrong, and go where nothing may be seen', () => {
  expect(shown({ error: new ApiError(400, 'FILTER_INVALID', 'no') }).text).toMatch(/^filters.*FILTER_INVALID/);
  expect(shown({ error: new ApiError(403, 'FORBIDDEN', 'no') }).text).toMatch(/^You may not see the things/);
});

test('more can be read where there is more', () => {
  expect(shown({ data: ['a'] }).hasMore).toBe(false);
  expect(shown({ data: ['a'], hasNextPage: true }).hasMore).toBe(true);
});
