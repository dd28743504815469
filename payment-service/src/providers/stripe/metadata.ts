/** Under which our keys stand in the metadata of what we make at Stripe. */
export const requestKeyField = 'request_key';
export const captureKeyField = 'capture_key';
