"""What everything was made of and made into, told from what is stored where the data is: STAC items and findings."""
