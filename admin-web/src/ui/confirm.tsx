import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState, type ReactNode } from 'react';

interface Props {
  /** Names the action and the thing, as in "Revoke the key ci?". */
  title: string;
  children: ReactNode;
  /** The button's words, as in "Revoke". */
  verb: string;
  isDanger?: boolean;
  isDisabled?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  variant?: 'small' | 'medium' | 'large';
}

/** Asks before something is done; focus goes into it and back. */
export function Confirm({ title, children, verb, isDanger = false, isDisabled = false, onConfirm, onClose, variant = 'small' }: Props) {
  const [isRunning, setRunning] = useState(false);

  async function confirm() {
    setRunning(true);
    await onConfirm();
    setRunning(false);
    onClose();
  }

  return (
    <Modal isOpen variant={variant} onClose={onClose} aria-labelledby="confirm-title" aria-describedby="confirm-body">
      <ModalHeader title={title} labelId="confirm-title" {...(isDanger ? { titleIconVariant: 'warning' as const } : {})} />
      <ModalBody id="confirm-body" tabIndex={0} aria-label={title}>
        {children}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={isDanger ? 'danger' : 'primary'}
          isLoading={isRunning}
          isDisabled={isRunning || isDisabled}
          onClick={() => void confirm()}
        >
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
