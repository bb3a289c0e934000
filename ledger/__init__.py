"""What was shown: access records and, from issue C on, the tree over them."""
