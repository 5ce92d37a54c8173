import { FormGroup, TextInput } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { PlanRow } from '../api/types';
import { bytes, count, number, parseBytes, significant } from '../ui/format';
import type { Reach } from './curve';

const STEPS = 500;
const REST_MILLIS = 120;

interface Props {
  reach: Reach;
  /** In bytes; 0 when none was chosen. */
  budget: number;
  onBudget: (budget: string) => void;
  answer?: PlanRow | undefined;
  fullPerplexity?: number | null | undefined;
}

/** Answers "what do I get at 900 MB?", by moving a slider or by writing the budget. */
export function BudgetSlider({ reach, budget, onBudget, answer, fullPerplexity }: Props) {
  const least = Math.floor(reach.minimalBytes * 0.95);
  const most = Math.ceil(reach.fullBytes * 1.02);
  const shown = budget > 0 ? budget : Math.round((reach.minimalBytes + reach.fullBytes) / 2);
  const [drawn, setDrawn] = useState(shown);
  const [text, setText] = useState(bytes(shown));
  const [isWrong, setWrong] = useState(false);

  useEffect(() => {
    setDrawn(shown);
    setText(bytes(shown));
    setWrong(false);
  }, [shown]);

  useEffect(() => {
    // While the slider is dragged it is asked for a little less often than it moves.
    if (drawn === budget || (budget === 0 && drawn === shown)) {
      return;
    }
    const timer = setTimeout(() => onBudget(String(drawn)), REST_MILLIS);
    return () => clearTimeout(timer);
  }, [drawn, budget, shown, onBudget]);

  function take() {
    const parsed = parseBytes(text);
    setWrong(parsed === null || parsed === 0);
    if (parsed) {
      onBudget(String(parsed));
    }
  }

  return (
    <div className="budget">
      <FormGroup label="What do I get at a budget of" fieldId="budget-text">
        <div className="budget-inputs">
          <TextInput
            id="budget-text"
            value={text}
            validated={isWrong ? 'error' : 'default'}
            aria-describedby="budget-answer"
            onChange={(_event, value) => setText(value)}
            onBlur={() => text !== bytes(shown) && take()}
            onKeyDown={(event) => event.key === 'Enter' && take()}
          />
          <input
            type="range"
            aria-label="Budget"
            aria-valuetext={bytes(drawn)}
            min={0}
            max={STEPS}
            value={Math.round(((Math.min(most, Math.max(least, drawn)) - least) / (most - least)) * STEPS)}
            onChange={(event) => setDrawn(Math.round(least + (Number(event.target.value) / STEPS) * (most - least)))}
          />
        </div>
      </FormGroup>
      <p id="budget-answer" role="status" className="answer">
        {isWrong
          ? 'Write a size such as 900 MB, 1.5 GiB or 600000000.'
          : answer
            ? said(answer, fullPerplexity)
            : `From ${bytes(reach.minimalBytes)} for the minimal prefix to ${bytes(reach.fullBytes)} for everything; KV cache and scratch are counted.`}
      </p>
    </div>
  );
}

function said(row: PlanRow, fullPerplexity: number | null | undefined): string {
  if (row.missingBytes) {
    return `${bytes(row.budgetBytes)} is too little: even the minimal prefix needs ${bytes(row.missingBytes)} more.`;
  }
  const quality =
    row.expectedPerplexity == null
      ? ''
      : `, perplexity ${number(row.expectedPerplexity, 2)}${fullPerplexity == null ? '' : ` (uncompressed ${number(fullPerplexity, 2)})`}, KL divergence ${significant(row.expectedKlDivergence)}`;
  const next = row.next ? `; the next block takes ${bytes(row.next.missingBytes)} more` : '; this is everything';
  return `${bytes(row.budgetBytes)}: ${count(row.blocks)} blocks, ${bytes(row.heldBytes)} held, ${number(row.bpw, 2)} bits per weight${quality}${next}.`;
}
