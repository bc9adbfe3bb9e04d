/** Runes such as `$state`, and components as modules. */
/// <reference types="svelte" />
/// <reference types="vite/client" />
