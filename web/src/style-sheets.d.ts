/** Style sheets are imported for what they do, and bring no names. */
declare module '*.css';
