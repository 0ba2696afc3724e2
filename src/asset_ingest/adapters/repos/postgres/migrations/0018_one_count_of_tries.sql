-- Tries at the passwords of share links are counted where all tries are, in `attempt`.
DROP TABLE share_guesses;
