-- What pages of long lists are read by.
CREATE INDEX access_review_items_of ON access_review_items (review_id, id);
