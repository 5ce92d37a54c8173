// @vitest-environment jsdom
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ApiError } from '../api/error';
import Markdown from './markdown';
import { Failure, Loaded } from './states';
import { UserText } from './text';

test('hostile Markdown is text: no script, no handler, no link but to the web', () => {
  const { container } = render(
    <Markdown
      text={
        '# Title\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[click](javascript:alert(1)) [data](data:text/html,x) [good](https://example.org/)\n\n![p](https://example.org/track.png)'
      }
    />,
  );
  expect(container.querySelector('script, img, iframe')).toBeNull();
  expect([...container.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual(['https://example.org/']);
  expect(container.querySelector('a')?.rel).toContain('noopener');
  expect(container.textContent).toContain('<script>alert(1)</script>');
  expect(screen.getByRole('heading', { level: 2 })).toHaveTextContent('Title');
});

test('long texts are cut until they are asked for, and isolated', async () => {
  const text = `\u202E${'x'.repeat(10_000)}<b>`;
  const { container } = render(<UserText text={text} />);
  expect(container.querySelector('bdi')?.textContent).toHaveLength(301);
  await userEvent.click(screen.getByRole('button', { name: /show all 10,004 characters/ }));
  expect(container.querySelector('bdi')?.textContent).toBe(text);
  expect(container.querySelector('b')).toBeNull();
});

test('loading, failing, forbidden and empty each say so', () => {
  const refetch = vi.fn() as never;
  const base = { what: 'the things', empty: <p>nothing</p>, isEmpty: (data: number[]) => data.length === 0, children: () => <p>things</p> };
  const { rerender } = render(<Loaded {...base} query={{ data: undefined, error: null, refetch }} />);
  expect(screen.getByText('Loading the things')).toBeInTheDocument();
  rerender(<Loaded {...base} query={{ data: undefined, error: new ApiError(403, 'FORBIDDEN', 'no'), refetch }} />);
  expect(screen.getByRole('heading')).toHaveTextContent('You may not see the things');
  rerender(<Loaded {...base} query={{ data: undefined, error: new ApiError(500, 'INTERNAL_ERROR', '<b>no</b>'), refetch }} />);
  expect(screen.getByText(/Could not read the things: INTERNAL_ERROR/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  rerender(<Loaded {...base} query={{ data: [], error: null, refetch }} />);
  expect(screen.getByText('nothing')).toBeInTheDocument();
  rerender(<Loaded {...base} query={{ data: [1], error: new ApiError(0, '', 'away'), refetch }} />);
  expect(screen.getByText('things')).toBeInTheDocument();
  expect(screen.getByText(/no longer up to date/)).toBeInTheDocument();
});

test('a failure names its code and what to do', () => {
  render(<Failure title="Not done" error={new ApiError(412, 'PRECONDITION_FAILED', 'it moved')} />);
  expect(screen.getByText(/Not done: PRECONDITION_FAILED/)).toBeInTheDocument();
  expect(screen.getByText(/Reload and look/)).toBeInTheDocument();
});
