/** The format number of a stored run. A reader that finds another number leaves the run unchanged. */
export const runFormat = 1;
