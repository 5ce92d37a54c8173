import { Tbody, Td, Tr } from '@patternfly/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type ReactNode, type Ref } from 'react';

/** Up to so many rows are all put on the page: find in page, printing and screen readers then have them all. */
export const FEW = 100;
const ROW_PIXELS = 44;
const OVERSCAN = 12;

interface Props<T> {
  items: T[];
  columns: number;
  /** A row; what it is given is for its `<tr>`, whose height is measured. */
  row: (item: T, place: RowPlace) => ReactNode;
  /** Reads the next page; called when the reader comes near the end. */
  onEnd?: (() => unknown) | undefined;
}

export interface RowPlace {
  'data-index': number;
  'aria-rowindex'?: number;
  ref?: (element: HTMLTableRowElement | null) => void;
}

/** The body of a table of any length: of many rows only those near the window are on the page. */
export function Rows<T>(props: Props<T>) {
  return props.items.length <= FEW ? <AllRows {...props} /> : <FewRows {...props} />;
}

function AllRows<T>({ items, row }: Props<T>) {
  return <Tbody>{items.map((item, index) => row(item, { 'data-index': index }))}</Tbody>;
}

function FewRows<T>({ items, columns, row, onEnd }: Props<T>) {
  const anchor = useRef<HTMLTableRowElement>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [margin, setMargin] = useState(0);

  useLayoutEffect(() => {
    const element = anchor.current;
    const found = element && scrollerOf(element);
    if (element && found) {
      setScroller(found);
      setMargin(element.getBoundingClientRect().top - found.getBoundingClientRect().top + found.scrollTop);
    }
  }, []);

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller,
    estimateSize: () => ROW_PIXELS,
    overscan: OVERSCAN,
    scrollMargin: margin,
    initialRect: { width: 1000, height: 1000 },
  });
  const shown = virtual.getVirtualItems();
  const above = Math.max(0, (shown[0]?.start ?? margin) - margin);
  const below = Math.max(0, virtual.getTotalSize() - ((shown.at(-1)?.end ?? margin) - margin));
  const last = shown.at(-1)?.index ?? 0;
  const isNearEnd = scroller !== null && last >= items.length - 1 - OVERSCAN;

  useLayoutEffect(() => {
    if (isNearEnd) {
      onEnd?.();
    }
  }, [isNearEnd, items.length, onEnd]);

  return (
    <Tbody>
      <Space of={anchor} height={above} columns={columns} />
      {shown.map((at) => {
        const item = items[at.index];
        return item === undefined ? null : row(item, { 'data-index': at.index, 'aria-rowindex': at.index + 2, ref: virtual.measureElement });
      })}
      <Space height={below} columns={columns} />
    </Tbody>
  );
}

function Space({ height, columns, of }: { height: number; columns: number; of?: Ref<HTMLTableRowElement> }) {
  return (
    <Tr aria-hidden className="space" {...(of ? { ref: of } : {})}>
      <Td colSpan={columns} style={{ height, padding: 0 }} />
    </Tr>
  );
}

function scrollerOf(element: HTMLElement): HTMLElement {
  for (let at = element.parentElement; at; at = at.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) {
      return at;
    }
  }
  return document.documentElement;
}
