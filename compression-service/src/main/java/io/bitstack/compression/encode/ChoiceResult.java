package io.bitstack.compression.encode;

import io.bitstack.core.model.ChoiceEvaluation;

/**
 * What multiple-choice tasks say of a model or one of its prefixes.
 *
 * @param blocks of the prefix; 0 for the full model
 * @param sizeBytes of the prefix as its curve counts them, or of the full model's weights
 */
public record ChoiceResult(int blocks, long sizeBytes, ChoiceEvaluation.Score score) {}
