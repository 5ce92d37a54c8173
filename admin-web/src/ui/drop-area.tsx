import { useState, type ReactNode } from 'react';

interface Props {
  onDrop: (what: DataTransfer) => void;
  children: ReactNode;
}

/** A place to drop files on, which shows that they may be let go. */
export function DropArea({ onDrop, children }: Props) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      className={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onDrop(event.dataTransfer);
      }}
    >
      {children}
    </div>
  );
}
