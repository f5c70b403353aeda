"""Operations at large sizes and on special values, beside Keras and float64."""
