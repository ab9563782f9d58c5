-- The direct thread of a user with themselves: their notes. It has no row in direct_threads.

CREATE UNIQUE INDEX threads_notes ON threads (creator) WHERE other = creator;
