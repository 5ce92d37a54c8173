// @vitest-environment jsdom
import { act, render, screen } from '@testing-library/react';
import { BrowserRouter } from 'react-router';
import { useAddress, useChangeAddress } from './address';

function Both() {
  const [model, setModel] = useAddress('model');
  const [sort, setSort] = useAddress('sort', 'name');
  const change = useChangeAddress();
  return (
    <>
      <p>
        {model} by {sort}
      </p>
      <button
        onClick={() => {
          setModel('prose');
          setSort('-size');
        }}
      >
        both
      </button>
      <button onClick={() => setSort('name')}>usual</button>
      <button onClick={() => setSort('')}>empty</button>
      <button onClick={() => change({ model: null, other: 'kept' })}>none</button>
    </>
  );
}

test('two changes in a row are both in the address, what is usual is left out, and what was emptied stays empty', () => {
  window.history.replaceState(null, '', '/models?other=kept');
  render(
    <BrowserRouter>
      <Both />
    </BrowserRouter>,
  );
  const press = (name: string) => act(() => screen.getByRole('button', { name }).click());
  expect(screen.getByText('by name')).toBeInTheDocument();
  press('both');
  expect(screen.getByText('prose by -size')).toBeInTheDocument();
  expect(window.location.search).toBe('?other=kept&model=prose&sort=-size');
  press('empty');
  expect(screen.getByText('prose by')).toBeInTheDocument();
  press('usual');
  expect(window.location.search).toBe('?other=kept&model=prose');
  press('none');
  expect(window.location.search).toBe('?other=kept');
});
