"""The sample flight: a generated dike and bank, photographed from the air, with the truth known."""
