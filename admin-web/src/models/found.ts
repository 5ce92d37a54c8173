import { useQuery } from '@tanstack/react-query';
import { json, url } from '../api/client';
import type { Hit, Page } from '../api/types';

/** The filter for all versions of a model but those that were deleted. */
export function ofModel(name: string): string {
  return `name = '${name.replaceAll("'", "''")}' and state != 'condemned'`;
}

const NEWEST = 200;

/** The newest versions of a model, for choosing one of them. */
export function useNewest(model: string, isEnabled = true) {
  return useQuery<Hit[], Error>({
    queryKey: ['newest', model],
    queryFn: async ({ signal }) => (await json<Page<Hit>>(url(['/api/v1/search'], { filter: ofModel(model), sort: '-version', limit: NEWEST }), { signal })).items,
    enabled: isEnabled,
  });
}
