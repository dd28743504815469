/** What a provider said about one request. Only `succeeded` and `refused` are conclusive. */
export type ProviderAnswer =
  | {
      readonly kind: 'succeeded';
      /** The provider's id of the charge. */
      readonly reference: string;
      readonly amountCents: number;
      readonly currency: string;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** The provider said that it did nothing, and may be asked again. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** Nobody knows whether money moved. */
  | { readonly kind: 'unclear'; readonly detail: string };

/** What a status query tells; `not_found`: nothing was done under that key. */
export type StatusAnswer = ProviderAnswer | { readonly kind: 'not_found' };
